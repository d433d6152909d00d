using Microsoft.JSInterop;
using ZXing;
using ZXing.Common;
using ZXing.Multi.QrCode;
using ZXing.QrCode;

namespace EhrLedger.Wallet.App.Device;

/// <summary>Looks for a QR code in a picture, where the browser has no BarcodeDetector: on iPhones, and on most desktops.</summary>
public sealed class QrPicture
{
    // Trying all threes of corners takes long where there are many: a code has three, and what stands in it may look like some more.
    private const int MostCorners = 8;

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
        var corners = 0;
        var hints = new Dictionary<DecodeHintType, object> { [DecodeHintType.NEED_RESULT_POINT_CALLBACK] = new ResultPointCallback(_ => corners++) };

        // The first misses one perfect picture of twenty, and misses it again at every try.
        return _reader.decode(bitmap, hints)?.Text ?? (corners <= MostCorners ? _thoroughReader.decodeMultiple(bitmap)?[0].Text : null);
    }
}
