import { MeetingError } from '@kcs-meet/sdk';
import { useState, type FormEvent } from 'react';
import { api } from '../backend';
import type { SessionHandle } from '../hooks/useSession';
import { rememberPassword } from '../lib/passwords';
import { meetingPath, navigate } from '../lib/route';
import { Field } from './Field';
import { Icon } from './Icon';
import { Notice } from './Notice';

interface NewMeetingFormProps {
  handle: SessionHandle;
  name: string;
  /** Whoever makes a meeting is its host, so they need a name from the start. */
  onNameMissing(): void;
}

export function NewMeetingForm({ handle, name, onNameMissing }: NewMeetingFormProps) {
  const [title, setTitle] = useState('');
  const [password, setPassword] = useState('');
  const [withPassword, setWithPassword] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  const create = async (event: FormEvent) => {
    event.preventDefault();
    if (!name) return onNameMissing();
    setBusy(true);
    setProblem(null);
    const secret = withPassword ? password : '';
    try {
      const meeting = await handle.withToken(name, (token) =>
        api.createMeeting(token, {
          meeting_title: title.trim() || `${name}'s meeting`,
          ...(secret && { meeting_password: secret }),
        }),
      );
      rememberPassword(meeting.id, secret);
      navigate(meetingPath(meeting.id));
    } catch (error) {
      setProblem(MeetingError.from(error).message);
      setBusy(false);
    }
  };

  return (
    <form className="stack" onSubmit={create}>
      <Field
        label="New meeting"
        value={title}
        onChange={(event) => setTitle(event.target.value)}
        placeholder="Title, for example “Team standup”"
        autoComplete="off"
        maxLength={200}
      />
      <label className="check">
        <input
          type="checkbox"
          checked={withPassword}
          onChange={(event) => setWithPassword(event.target.checked)}
        />
        <span>Ask for a password</span>
      </label>
      {withPassword && (
        <Field
          label="Meeting password"
          type="text"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          hint="Everybody who joins has to enter it."
          autoComplete="off"
          maxLength={100}
          required
          autoFocus
        />
      )}
      {problem && <Notice>{problem}</Notice>}
      <button className="button button-primary button-wide" disabled={busy}>
        <Icon name="plus" size={20} />
        {busy ? 'Creating…' : 'Create meeting'}
      </button>
    </form>
  );
}
