using EhrLedger.Consent.Subjects;

namespace EhrLedger.Wallet.App.Session;

/// <summary>Which screen an address means. No secret ever stands in one.</summary>
/// <param name="Screen">Which.</param>
/// <param name="Relationship">For one record: under which connection it stands.</param>
/// <param name="Category">For one record.</param>
/// <param name="Version">For one record.</param>
/// <param name="Request">For one request: its name in hex.</param>
internal sealed record Place(ScreenName Screen, uint Relationship = 0, Category Category = default, string Version = "", string Request = "")
{
    /// <summary>The screen of an address under the app's base; the first one for whatever is unknown.</summary>
    public static Place Of(string relative)
    {
        var parts = relative.Split('?', '#')[0].Split('/', StringSplitOptions.RemoveEmptyEntries);
        return parts switch
        {
            ["connect"] => new Place(ScreenName.Connect),
            ["records"] => new Place(ScreenName.Records),
            ["records", var tie, var category, var version] when uint.TryParse(tie, out var relationship) && byte.TryParse(category, out var number) && Enum.IsDefined((Category)number) =>
                new Place(ScreenName.Record, relationship, (Category)number, version),
            ["sharing"] => new Place(ScreenName.Sharing),
            ["sharing", "new"] => new Place(ScreenName.ShareNew),
            ["requests", var name] => new Place(ScreenName.Request, Request: name),
            ["looked"] => new Place(ScreenName.Looked),
            ["emergency"] => new Place(ScreenName.Emergency),
            ["guardians"] => new Place(ScreenName.Guardians),
            ["acting"] => new Place(ScreenName.Acting),
            ["erased"] => new Place(ScreenName.Erased),
            ["settings"] => new Place(ScreenName.Settings),
            _ => new Place(ScreenName.Home),
        };
    }
}

/// <summary>The screens of an open wallet.</summary>
internal enum ScreenName
{
    /// <summary>What needs me, who can see, who looked last.</summary>
    Home = 1,

    /// <summary>An invitation.</summary>
    Connect = 2,

    /// <summary>My records.</summary>
    Records = 3,

    /// <summary>One of them.</summary>
    Record = 4,

    /// <summary>Who may see what.</summary>
    Sharing = 5,

    /// <summary>A new permission.</summary>
    ShareNew = 6,

    /// <summary>Who looked.</summary>
    Looked = 7,

    /// <summary>Settings.</summary>
    Settings = 8,

    /// <summary>An organisation asks for access.</summary>
    Request = 9,

    /// <summary>What may be opened in an emergency, and what was.</summary>
    Emergency = 10,

    /// <summary>Through whom the wallet comes back when phone and words are lost, and whom its owner helps so.</summary>
    Guardians = 11,

    /// <summary>What was erased, and who has done it.</summary>
    Erased = 12,

    /// <summary>Who may act for the patient, and for whom the wallet's owner acts.</summary>
    Acting = 13,
}
