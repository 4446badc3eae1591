/** Health checks, metrics and Kubernetes Events of the operator. */
package io.flowcore.operator.observe;
