// Ctrl-C (SIGINT) and SIGTERM ask a run to stop at the next chance; a second one ends the process.
#pragma once

namespace dure::cli {

void catch_interrupts();
int interrupted();  // the signal, 0 when none came

}  // namespace dure::cli
