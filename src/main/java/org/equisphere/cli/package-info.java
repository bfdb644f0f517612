/** The command line: picocli commands over the library; the only package that prints, plots and writes JSON. */
package org.equisphere.cli;
