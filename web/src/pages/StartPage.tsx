import { useRef, useState } from 'react';
import { Brand } from '../components/Brand';
import { Field } from '../components/Field';
import { JoinForm } from '../components/JoinForm';
import { NewMeetingForm } from '../components/NewMeetingForm';
import { Scene } from '../components/Scene';
import type { SessionHandle } from '../hooks/useSession';

export function StartPage({ handle }: { handle: SessionHandle }) {
  const { session } = handle;
  const [name, setName] = useState(session.rememberedName);
  const [nameMissing, setNameMissing] = useState(false);
  const nameInput = useRef<HTMLInputElement>(null);
  const fixedName = session.fixedName;

  const rememberName = (value: string) => {
    setName(value);
    setNameMissing(false);
    session.rememberedName = value.trim();
  };

  const askForName = () => {
    setNameMissing(true);
    nameInput.current?.focus();
  };

  return (
    <div className="start">
      <header className="start-header">
        <Brand />
      </header>
      <main className="start-main">
        <section className="start-intro">
          <h1>Talk it over, face to face.</h1>
          <p className="lead">Make a room, send the link, and see everybody. Nothing to install.</p>
          <Scene />
        </section>
        <section className="card start-card" aria-label="Start or join a meeting">
          {fixedName === null ? (
            <Field
              ref={nameInput}
              label="Your name"
              value={name}
              onChange={(event) => rememberName(event.target.value)}
              placeholder="How the others will see you"
              autoComplete="name"
              maxLength={100}
              error={nameMissing ? 'Please enter your name first.' : null}
            />
          ) : (
            <p className="signed-in">
              Signed in as <strong>{fixedName}</strong>
            </p>
          )}
          <NewMeetingForm handle={handle} name={fixedName ?? name.trim()} onNameMissing={askForName} />
          <div className="divider">
            <span>or</span>
          </div>
          <JoinForm />
        </section>
      </main>
    </div>
  );
}
