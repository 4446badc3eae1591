/** Judges a data core and all that belongs to it. Pure. */
package io.flowcore.operator.resolve;
