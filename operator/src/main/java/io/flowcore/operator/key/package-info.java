/** Makes and rotates webhook keys. */
package io.flowcore.operator.key;
