using System.Text;
using EhrLedger.Wallet.Tests.Device;

namespace EhrLedger.Wallet.Tests.Browser;

/// <summary>What a browser takes for its camera: a film in a file, of one picture for ever.</summary>
internal sealed class Camera : IDisposable
{
    private const int Width = 640;
    private const int Height = 480;
    private readonly string _film = Path.Combine(Path.GetTempPath(), $"{Path.GetRandomFileName()}.y4m");

    public Camera() => Show("");

    /// <summary>For the browser's start.</summary>
    public string[] Arguments => ["--use-fake-device-for-media-stream", $"--use-file-for-fake-video-capture={_film}"];

    /// <summary>Holds a QR code of the text before it; nothing for an empty one. It is seen from the next time that the camera is switched on.</summary>
    public void Show(string text)
    {
        var film = new MemoryStream();
        film.Write(Encoding.ASCII.GetBytes($"YUV4MPEG2 W{Width} H{Height} F10:1 Ip A1:1 C420jpeg\n"));
        for (var frame = 0; frame < 3; frame++)
        {
            film.Write("FRAME\n"u8);
            film.Write(text.Length == 0 ? [.. Enumerable.Repeat((byte)200, Width * Height)] : QrDrawing.Of(text, Width, Height));
            film.Write([.. Enumerable.Repeat((byte)128, Width * Height / 2)]);
        }

        File.WriteAllBytes(_film, film.ToArray());
    }

    public void Dispose() => File.Delete(_film);
}
