import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './App';
import './styles/tokens.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/start.css';
import './styles/prejoin.css';
import './styles/room.css';
import './styles/tile.css';
import './styles/connection.css';
import './styles/panel.css';
import './styles/overlay.css';

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
