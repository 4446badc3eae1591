/** Health, metrics and Kubernetes Events of the operator itself. */
package io.flowcore.operator.observe;
