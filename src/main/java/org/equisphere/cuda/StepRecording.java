package org.equisphere.cuda;

import static jcuda.driver.JCudaDriver.cuGraphDestroy;
import static jcuda.driver.JCudaDriver.cuGraphExecDestroy;
import static jcuda.driver.JCudaDriver.cuGraphInstantiate;
import static jcuda.driver.JCudaDriver.cuGraphLaunch;
import static jcuda.driver.JCudaDriver.cuStreamBeginCapture;
import static jcuda.driver.JCudaDriver.cuStreamEndCapture;

import java.lang.ref.PhantomReference;
import java.lang.ref.ReferenceQueue;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.CUstreamCaptureMode;

/**
 * A step as a CUDA graph. The first run is a plain one: it loads modules and grows scratch, which a capture may not. The second records and
 * replays, the others replay: one call to the driver for all kernels of the step.
 */
final class StepRecording implements Runnable {

    private final Runnable step;
    private final CUstream stream;
    private final Runnable enter;
    private final Driver.Check late;
    private final Graph graph;
    private boolean warm;

    /**
     * A step to record.
     *
     * @param enter     makes the stream's context current on the calling thread
     * @param late      for results that may be an earlier kernel's
     * @param forgotten where the graph comes once nothing refers to this object any more
     */
    StepRecording(Runnable step, CUstream stream, Runnable enter, Driver.Check late, ReferenceQueue<StepRecording> forgotten) {
        this.step = step;
        this.stream = stream;
        this.enter = enter;
        this.late = late;
        graph = new Graph(this, forgotten);
    }

    /** What the driver keeps of a step. Whoever holds it holds neither the step nor the tensors it works on. */
    static final class Graph extends PhantomReference<StepRecording> {

        private CUgraphExec replay;

        private Graph(StepRecording recording, ReferenceQueue<StepRecording> forgotten) {
            super(recording, forgotten);
        }

        void destroy() {
            if (replay != null) {
                cuGraphExecDestroy(replay);
                replay = null;
            }
        }
    }

    Graph graph() {
        return graph;
    }

    @Override
    public void run() {
        if (!warm) {
            step.run();
            warm = true;
            return;
        }
        enter.run();
        if (graph.replay == null) {
            graph.replay = record();
        }
        int result = cuGraphLaunch(graph.replay, stream);
        if (result != CUresult.CUDA_SUCCESS) {
            late.check(result, "replaying a recorded step");
        }
    }

    private CUgraphExec record() {
        Driver.check(cuStreamBeginCapture(stream, CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_THREAD_LOCAL), "cuStreamBeginCapture");
        CUgraph recorded = new CUgraph();
        try {
            step.run();
        } catch (RuntimeException | Error e) {
            if (cuStreamEndCapture(stream, recorded) == CUresult.CUDA_SUCCESS) {
                cuGraphDestroy(recorded);
            }
            throw e;
        }
        Driver.check(cuStreamEndCapture(stream, recorded), "recording a step");
        CUgraphExec made = new CUgraphExec();
        int result = cuGraphInstantiate(made, recorded, 0);
        cuGraphDestroy(recorded);
        Driver.check(result, "cuGraphInstantiate");
        return made;
    }
}
