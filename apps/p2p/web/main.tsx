// Puts the page into the document. Knows nothing else.
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "@socketlab/page-kit/style.css";
import "./style.css";
import { P2pPage } from "./p2p-page.tsx";

createRoot(document.querySelector("#page")!).render(
  <StrictMode>
    <P2pPage />
  </StrictMode>,
);
