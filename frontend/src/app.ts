import { guardDrafts, listenForPlaces, settleDrafts, startComposing } from "./composing";
import { focusErrors, listenForDialogs } from "./dialogs";
import { listenForFilters } from "./filters";
import { listenForInstalling, registerWorker, startInstalling } from "./installing";
import { listenForKeys } from "./keys";
import { listenForOpening, startOpening } from "./opening";
import { startGiving } from "./overlap";
import { startPushing } from "./pushing";
import { startRequests } from "./requests";
import { listenForSharing, startSharing } from "./sharing";
import { startSliders } from "./slider";

function start(root: ParentNode): void {
  startSliders(root);
  startComposing(root);
  startSharing(root);
  startOpening(root);
  startGiving(root);
  startPushing(root);
  startInstalling(root);
}

settleDrafts();
startRequests(start);
listenForSharing();
listenForOpening();
listenForDialogs();
listenForKeys();
listenForFilters();
guardDrafts();
listenForPlaces();
listenForInstalling();
registerWorker();
start(document);
focusErrors(document);
document.documentElement.dataset["ready"] = "yes";
