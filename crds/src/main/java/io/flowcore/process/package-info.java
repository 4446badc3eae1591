/** What the processes of the worker and of the operator share. */
package io.flowcore.process;
