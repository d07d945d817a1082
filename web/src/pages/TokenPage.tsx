import { readToken } from '@kcs-meet/sdk';
import { useState, type FormEvent } from 'react';
import { Field } from '../components/Field';
import { MessageFrame } from '../components/MessageFrame';

/** Asked when the server takes no guests. */
export function TokenPage({ expired, onToken }: { expired: boolean; onToken(token: string): void }) {
  const [token, setToken] = useState('');
  const [problem, setProblem] = useState<string | null>(null);

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (readToken(token.trim())) onToken(token.trim());
    else setProblem('That is not an access token. Please paste the whole of it.');
  };

  return (
    <MessageFrame
      icon="key"
      title={expired ? 'Your session has expired' : 'Please sign in'}
      lead={
        expired
          ? 'Open the link from your organisation again, or paste a new access token.'
          : 'This server takes no guests. Open the link from your organisation, or paste your access token.'
      }
    >
      <form className="card stack token-form" onSubmit={submit} noValidate>
        <Field
          label="Access token"
          type="password"
          value={token}
          onChange={(event) => {
            setToken(event.target.value);
            setProblem(null);
          }}
          error={problem}
          autoComplete="off"
          spellCheck={false}
        />
        <button className="button button-primary button-wide">Continue</button>
      </form>
    </MessageFrame>
  );
}
