using Microsoft.JSInterop;
using ZXing;
using ZXing.Common;
using ZXing.Multi.QrCode;
using ZXing.QrCode;

namespace EhrLedger.Wallet.App.Device;

/// <summary>Looks for a QR code in a picture, where the browser has no BarcodeDetector: on iPhones, and on most desktops.</summary>
public sealed class QrPicture
{
    private readonly QRCodeReader _reader = new();
    private readonly QRCodeMultiReader _thoroughReader = new();

    /// <summary>The text of a QR code in the picture; null for none.</summary>
    /// <param name="brightness">A byte for each pixel, row by row.</param>
    /// <param name="width">Pixels.</param>
    /// <param name="height">Pixels.</param>
    [JSInvokable]
    public string? Read(byte[] brightness, int width, int height)
    {
        ArgumentNullException.ThrowIfNull(brightness);
        if (width < 1 || height < 1 || (long)width * height != brightness.Length)
        {
            return null;
        }

        var picture = new PlanarYUVLuminanceSource(brightness, width, height, 0, 0, width, height, reverseHoriz: false);
        var bitmap = new BinaryBitmap(new HybridBinarizer(picture));

        // The first takes the three best corners that it finds, and what stands in one code of twenty looks like a fourth; the second tries them all.
        return _reader.decode(bitmap)?.Text ?? _thoroughReader.decodeMultiple(bitmap)?[0].Text;
    }
}
