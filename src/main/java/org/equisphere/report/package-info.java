/** What a run was worth, on one page: judging a classifier by labelled examples, and the report of it as a self-contained HTML file. */
package org.equisphere.report;
