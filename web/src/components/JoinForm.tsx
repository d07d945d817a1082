import { useState, type FormEvent } from 'react';
import { meetingIdFrom, meetingPath, navigate } from '../lib/route';
import { Field } from './Field';
import { Icon } from './Icon';

export function JoinForm() {
  const [link, setLink] = useState('');
  const [problem, setProblem] = useState<string | null>(null);

  const open = (event: FormEvent) => {
    event.preventDefault();
    const meetingId = meetingIdFrom(link);
    if (meetingId) navigate(meetingPath(meetingId));
    else
      setProblem(
        link.trim()
          ? 'That does not look like a meeting link or id.'
          : 'Paste the link or id you were given.',
      );
  };

  return (
    <form className="join-form" onSubmit={open} noValidate>
      <Field
        label="Join a meeting"
        value={link}
        onChange={(event) => {
          setLink(event.target.value);
          setProblem(null);
        }}
        placeholder="Link or meeting id"
        error={problem}
        autoComplete="off"
        spellCheck={false}
        inputMode="url"
      />
      <button className="button button-quiet" aria-label="Join the meeting">
        Join
        <Icon name="arrow" size={18} />
      </button>
    </form>
  );
}
