using System.Diagnostics.CodeAnalysis;

namespace EhrLedger.Client.Transport;

/// <summary>What came of a call. Whatever a node sends, there is one of these and no exception; only the caller's own cancellation is thrown.</summary>
/// <typeparam name="T">What is given. Everything that can be checked about it has been.</typeparam>
public abstract record Answer<T>
{
    private Answer()
    {
    }

    /// <summary>The node answered, and the answer holds.</summary>
    public sealed record Given(T Value) : Answer<T>;

    /// <summary>The node says no. Its word only: another node may say otherwise.</summary>
    /// <param name="Status">HTTP status, 400 to 499.</param>
    /// <param name="Code">The code after <c>urn:ehrledger:</c>; empty where the node gave none.</param>
    public sealed record Refused(int Status, string Code) : Answer<T>;

    /// <summary>No answer: unreachable, too slow, overloaded. To be tried again, or elsewhere.</summary>
    public sealed record Unavailable(string Why) : Answer<T>;

    /// <summary>An answer that can't be: malformed, endless, or failing its check. Why names no secret and no health data.</summary>
    public sealed record Untrue(string Why) : Answer<T>;

    /// <summary>Whether there is a value.</summary>
    public bool TryGet([MaybeNullWhen(false)] out T value)
    {
        value = this is Given given ? given.Value : default;
        return this is Given;
    }

    /// <summary>The same answer about what the function makes of the value.</summary>
    /// <param name="check">Null if the value is not what it should be.</param>
    /// <param name="why">What to say then.</param>
    public Answer<TNext> Then<TNext>(Func<T, TNext?> check, string why)
        where TNext : class
    {
        ArgumentNullException.ThrowIfNull(check);
        return this switch
        {
            Given(var value) => check(value) is { } next ? new Answer<TNext>.Given(next) : new Answer<TNext>.Untrue(why),
            _ => As<TNext>(),
        };
    }

    /// <summary>The same answer where there is no value, under another type.</summary>
    /// <exception cref="InvalidOperationException">There is a value.</exception>
    public Answer<TNext> As<TNext>() => this switch
    {
        Refused(var status, var code) => new Answer<TNext>.Refused(status, code),
        Unavailable(var why) => new Answer<TNext>.Unavailable(why),
        Untrue(var why) => new Answer<TNext>.Untrue(why),
        _ => throw new InvalidOperationException("There is a value, which has a type."),
    };
}
