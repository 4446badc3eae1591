/** Tests of the operator on a mock of the API server and, where available, on a real one. */
package io.flowcore.operator.cluster;
