import { useState, type FormEvent } from 'react';
import { Brand } from '../components/Brand';
import { DeviceSelects } from '../components/DeviceSelects';
import { Field } from '../components/Field';
import { Notice } from '../components/Notice';
import { Preview } from '../components/Preview';
import type { JoinState } from '../hooks/useJoin';
import { useDevices } from '../hooks/useStore';
import { joinProblems } from '../lib/media_problem';
import type { LocalDevices } from '../lib/local_devices';
import type { Session } from '../lib/session';

interface PreJoinPageProps {
  title: string;
  devices: LocalDevices;
  session: Session;
  joining: Omit<JoinState, 'meeting'>;
  onJoin(name: string, password: string): void;
}

/** The door: how one looks and sounds, under which name, and what is missing to go in. */
export function PreJoinPage({ title, devices, session, joining, onJoin }: PreJoinPageProps) {
  const [name, setName] = useState(session.rememberedName);
  const [password, setPassword] = useState('');
  const [passwordMissing, setPasswordMissing] = useState(false);
  const [nameMissing, setNameMissing] = useState(false);
  const { camera, microphone } = useDevices(devices);
  const fixedName = session.fixedName;
  const shownName = fixedName ?? name.trim();

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!shownName) return setNameMissing(true);
    if (joining.passwordNeeded && !password) return setPasswordMissing(true);
    if (fixedName === null) session.rememberedName = shownName;
    onJoin(shownName, password);
  };

  return (
    <div className="prejoin">
      <header className="start-header">
        <Brand />
      </header>
      <main className="prejoin-main">
        <Preview devices={devices} name={shownName} />
        <form className="prejoin-form" onSubmit={submit} noValidate>
          <div>
            <p className="eyebrow">Ready to join?</p>
            <h1>{title}</h1>
          </div>
          {joinProblems(microphone.problem, camera.problem).map((problem) => (
            <Notice key={problem}>{problem}</Notice>
          ))}
          {fixedName === null ? (
            <Field
              label="Your name"
              value={name}
              onChange={(event) => {
                setName(event.target.value);
                setNameMissing(false);
              }}
              placeholder="How the others will see you"
              error={nameMissing ? 'Please enter your name, so that the others know who you are.' : null}
              autoComplete="name"
              maxLength={100}
              autoFocus={!name}
            />
          ) : (
            <p className="signed-in">
              Joining as <strong>{fixedName}</strong>
            </p>
          )}
          {joining.passwordNeeded && (
            <Field
              label="Meeting password"
              type="password"
              value={password}
              onChange={(event) => {
                setPassword(event.target.value);
                setPasswordMissing(false);
              }}
              hint="This meeting is protected. Ask the host for its password."
              error={passwordMissing ? 'Please enter the password.' : joining.problem}
              autoComplete="off"
              autoFocus
            />
          )}
          {joining.problem && !joining.passwordNeeded && <Notice>{joining.problem}</Notice>}
          <button className="button button-primary button-wide button-large" disabled={joining.busy}>
            {joining.busy ? 'Joining…' : 'Join now'}
          </button>
          <DeviceSelects devices={devices} />
        </form>
      </main>
    </div>
  );
}
