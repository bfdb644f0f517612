/** The command line: picocli commands over the library; the only package that prints and plots. */
package org.equisphere.cli;
