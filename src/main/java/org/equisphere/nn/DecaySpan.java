package org.equisphere.nn;

import java.util.ArrayList;
import java.util.List;
import org.equisphere.tensor.Tensor;

/**
 * Learned parameters that lie side by side and share a weight decay.
 *
 * @param offset the first's place in the flat array
 * @param size   numbers
 * @param decay  their weight decay
 */
record DecaySpan(int offset, int size, float decay) {

    /**
     * All parameters of a network, in their order.
     *
     * @param alone whether only the weights of linear maps decay; all parameters otherwise
     */
    static List<DecaySpan> of(Network network, float decay, boolean alone) {
        List<DecaySpan> spans = new ArrayList<>();
        for (Parameter p : network.parameters()) {
            float own = alone && !p.linear() ? 0 : decay;
            int last = spans.size() - 1;
            if (last >= 0 && spans.get(last).decay == own) {
                spans.set(last, new DecaySpan(spans.get(last).offset, spans.get(last).size + p.size(), own));
            } else {
                spans.add(new DecaySpan(p.offset(), p.size(), own));
            }
        }
        return spans;
    }

    /** This part of a tensor that is laid out as the learned parameters. */
    Tensor of(Tensor flat) {
        return flat.slice(offset, size);
    }
}
