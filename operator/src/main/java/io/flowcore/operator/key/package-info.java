/** Creates and rotates webhook keys, and writes them into Secrets. */
package io.flowcore.operator.key;
