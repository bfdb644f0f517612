package org.equisphere.cuda;

import static jcuda.driver.JCudaDriver.cuGraphDestroy;
import static jcuda.driver.JCudaDriver.cuGraphExecDestroy;
import static jcuda.driver.JCudaDriver.cuGraphInstantiate;
import static jcuda.driver.JCudaDriver.cuGraphLaunch;
import static jcuda.driver.JCudaDriver.cuStreamBeginCapture;
import static jcuda.driver.JCudaDriver.cuStreamEndCapture;

import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.CUstreamCaptureMode;

/**
 * A step as a CUDA graph. The first run is a plain one: it loads modules and grows scratch, which a capture may not. The second records and
 * replays, the others replay: one call to the driver for all kernels of the step.
 */
final class StepRecording implements Runnable, AutoCloseable {

    private final Runnable step;
    private final CUstream stream;
    private final Runnable enter;
    private CUgraphExec replay;
    private boolean warm;
    private boolean closed;

    /** @param enter makes the stream's context current on the calling thread */
    StepRecording(Runnable step, CUstream stream, Runnable enter) {
        this.step = step;
        this.stream = stream;
        this.enter = enter;
    }

    @Override
    public void run() {
        if (closed) {
            throw new IllegalStateException("the backend of this step is closed");
        }
        if (!warm) {
            step.run();
            warm = true;
            return;
        }
        enter.run();
        if (replay == null) {
            replay = record();
        }
        int result = cuGraphLaunch(replay, stream);
        if (result != CUresult.CUDA_SUCCESS) {
            Driver.check(result, "replaying a recorded step");
        }
    }

    private CUgraphExec record() {
        Driver.check(cuStreamBeginCapture(stream, CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL), "cuStreamBeginCapture");
        CUgraph graph = new CUgraph();
        int ended;
        try {
            step.run();
        } finally {
            ended = cuStreamEndCapture(stream, graph);
        }
        Driver.check(ended, "recording a step");
        CUgraphExec made = new CUgraphExec();
        int result = cuGraphInstantiate(made, graph, 0);
        cuGraphDestroy(graph);
        Driver.check(result, "cuGraphInstantiate");
        return made;
    }

    @Override
    public void close() {
        if (replay != null) {
            cuGraphExecDestroy(replay);
            replay = null;
        }
        closed = true;
    }
}
