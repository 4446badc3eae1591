/** The reconcilers, and the operator that connects them: gather, resolve, plan, apply, status. */
package io.flowcore.operator.reconcile;
