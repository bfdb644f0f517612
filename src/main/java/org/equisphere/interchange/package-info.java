/**
 * Files of other frameworks, read and written without any of their code.
 *
 * <table>
 * <caption>What is read and written</caption>
 * <tr><th>format</th><th>in</th><th>out</th><th>class</th></tr>
 * <tr><td>safetensors</td><td>float64, float32, float16, bfloat16</td><td>float32</td><td>{@link org.equisphere.interchange.TensorArchive}</td></tr>
 * <tr><td>NumPy {@code .npz}, {@code .npy}</td><td>float32, float64</td><td>float32</td>
 *     <td>{@link org.equisphere.interchange.TensorArchive}</td></tr>
 * <tr><td>{@code torch.save} zips ({@code .pth})</td><td>floating tensors and parameters</td><td></td>
 *     <td>{@link org.equisphere.interchange.TensorArchive}</td></tr>
 * <tr><td>ONNX, opset 13</td><td></td><td>whole classifiers</td><td>{@link org.equisphere.interchange.OnnxModel}</td></tr>
 * <tr><td>TensorBoard events</td><td></td><td>scalars</td><td>{@link org.equisphere.interchange.TensorBoardLog}</td></tr>
 * </table>
 *
 * <p>{@link org.equisphere.interchange.StateDict} stands between such files and our networks: PyTorch's names ({@code layer1.0.conv1.weight},
 * {@code layer2.0.downsample.0.weight}, {@code bn1.running_mean}, {@code fc.weight}, as torchvision names them) and PyTorch's layouts, OIHW for
 * convolutions and [out, in] for dense layers.
 *
 * <p>Every length in a file is checked against the bytes that are there before memory is taken for it. A damaged or hostile file gives a
 * {@link org.equisphere.data.DataFormatException} and nothing else.
 */
package org.equisphere.interchange;
