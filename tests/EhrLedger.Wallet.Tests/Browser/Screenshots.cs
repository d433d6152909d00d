namespace EhrLedger.Wallet.Tests.Browser;

/// <summary>Where pictures of the screens go: the folder that <c>EHRLEDGER_SCREENSHOTS</c> names, else one beside the tests.</summary>
internal static class Screenshots
{
    public static string Folder { get; } = Make();

    private static string Make()
    {
        var folder = Environment.GetEnvironmentVariable("EHRLEDGER_SCREENSHOTS") is { Length: > 0 } named ? named : Path.Combine(AppContext.BaseDirectory, "screenshots");
        Directory.CreateDirectory(folder);
        return folder;
    }
}
