// Puts the page into the document. Knows nothing else.
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "@socketlab/page-kit/style.css";
import "./style.css";
import { FilesPage } from "./files-page.tsx";

createRoot(document.querySelector("#page")!).render(
  <StrictMode>
    <FilesPage />
  </StrictMode>,
);
