/** Says on the resources what is true of them. */
package io.flowcore.operator.status;
