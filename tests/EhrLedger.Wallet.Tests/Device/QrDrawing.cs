using QRCoder;

namespace EhrLedger.Wallet.Tests.Device;

/// <summary>A QR code in the middle of a grey picture, as large as it fits with whole pixels: a byte of brightness for each pixel.</summary>
internal static class QrDrawing
{
    public static byte[] Of(string text, int width, int height, QRCodeGenerator.ECCLevel level = QRCodeGenerator.ECCLevel.M)
    {
        using var generator = new QRCodeGenerator();
        using var code = generator.CreateQrCode(text, level);
        var modules = code.ModuleMatrix;
        var scale = Math.Min(width, height) / modules.Count;
        var (left, top) = ((width - (modules.Count * scale)) / 2, (height - (modules.Count * scale)) / 2);
        var picture = new byte[width * height];
        Array.Fill(picture, (byte)230);
        for (var y = 0; y < modules.Count * scale; y++)
        {
            for (var x = 0; x < modules.Count * scale; x++)
            {
                picture[((top + y) * width) + left + x] = modules[y / scale][x / scale] ? (byte)30 : (byte)230;
            }
        }

        return picture;
    }
}
