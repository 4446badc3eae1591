/** The command line: one class per command, and the options that they share. */
package io.flowcore.worker.cli;
