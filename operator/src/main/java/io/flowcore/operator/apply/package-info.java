/** Applies plans: writes and deletes objects in the cluster where they differ from the plan. */
package io.flowcore.operator.apply;
