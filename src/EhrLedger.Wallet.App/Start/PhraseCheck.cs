using System.Security.Cryptography;

namespace EhrLedger.Wallet.App.Start;

/// <summary>Asks for three of the words that the patient has just written down.</summary>
/// <param name="words">All 24.</param>
/// <param name="asked">Which ones: three places from 0, ascending.</param>
internal sealed class PhraseCheck(IReadOnlyList<string> words, IReadOnlyList<int> asked)
{
    /// <summary>How many words are asked for.</summary>
    public const int Count = 3;

    /// <summary>Places from 0, ascending.</summary>
    public IReadOnlyList<int> Asked => asked;

    /// <summary>Three places by the system's randomness.</summary>
    public static PhraseCheck Of(string phrase)
    {
        var words = phrase.Split(' ');
        var places = Enumerable.Range(0, words.Length).ToArray();
        RandomNumberGenerator.Shuffle(places.AsSpan());
        return new PhraseCheck(words, [.. places.Take(Count).Order()]);
    }

    /// <summary>Whether these are the words that stand there; case and spaces around don't matter.</summary>
    public bool Accepts(IReadOnlyList<string> typed) =>
        typed.Count == asked.Count && asked.Zip(typed).All(pair => words[pair.First].Equals(pair.Second.Trim(), StringComparison.OrdinalIgnoreCase));
}
