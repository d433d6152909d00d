namespace EhrLedger.Node.Peers;

/// <summary>The code of a rejection, as a peer may name it: it goes into alarms, so nothing but words and hyphens may stand in it.</summary>
internal static class RejectionCode
{
    /// <summary>Most bytes.</summary>
    public const int Longest = 64;

    /// <summary>Whether it is one.</summary>
    public static bool IsOne(string text) => text.Length is > 0 and <= Longest && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');
}
