import { render } from "preact";

import { App } from "./app";
import { bridge } from "./bridge";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/sign-in.css";
import "./styles/bar.css";
import "./styles/feed.css";
import "./styles/progress.css";
import "./styles/help.css";
import "./styles/row.css";
import "./styles/sheet.css";

const page = document.getElementById("page");
if (page) render(<App bridge={bridge} />, page);
