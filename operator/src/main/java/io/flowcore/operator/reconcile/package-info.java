/** The reconcilers: gather, resolve, plan, apply, status. */
package io.flowcore.operator.reconcile;
