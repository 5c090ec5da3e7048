// How p2p's page is built: as every page is.
import { pageConfig } from "@socketlab/page-kit/vite";
import { defineConfig } from "vite";

export default defineConfig(pageConfig());
