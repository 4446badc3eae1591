/**
 * Kubernetes basics that several packages share: metadata of managed objects, and messages of the
 * API server. Depends on no other package of the operator.
 */
package io.flowcore.operator.kubernetes;
