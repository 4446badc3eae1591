/** Rules that hold for the whole repository, checked on its sources. */
package io.flowcore.rules;
