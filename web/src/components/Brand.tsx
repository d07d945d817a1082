import { navigate } from '../lib/route';

export function Brand() {
  return (
    <a
      className="brand"
      href="/"
      onClick={(event) => {
        event.preventDefault();
        navigate('/');
      }}
    >
      <svg width="30" height="30" viewBox="0 0 32 32" aria-hidden="true">
        <rect className="brand-plate" width="32" height="32" rx="9" />
        <rect x="6" y="10" width="13" height="12" rx="3.5" fill="#fff" />
        <path d="M21 14.6l4.2-2.7c.6-.4 1.3 0 1.3.7v6.8c0 .7-.7 1.1-1.3.7L21 17.4z" fill="#ffc24b" />
      </svg>
      <span>KCS Meet</span>
    </a>
  );
}
