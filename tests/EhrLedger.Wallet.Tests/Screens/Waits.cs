using Bunit;
using Microsoft.AspNetCore.Components;
using NUnit.Framework;

namespace EhrLedger.Wallet.Tests.Screens;

/// <summary>What a patient waits for on a screen over real nodes.</summary>
internal static class Waits
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    /// <summary>What stands in a field, once it is there.</summary>
    public static string Read<T>(IRenderedComponent<T> screen, string name)
        where T : IComponent
    {
        screen.WaitForElement(Taps.Hook(name), Patience);
        return ValueOf(screen, name);
    }

    /// <summary>What stands in a field.</summary>
    public static string ValueOf<T>(IRenderedComponent<T> screen, string name)
        where T : IComponent => screen.Find(Taps.Hook(name)).GetAttribute("value")!;

    /// <summary>Until one of those with this hook says it.</summary>
    public static void Wait<T>(IRenderedComponent<T> screen, string name, string words)
        where T : IComponent
    {
        try
        {
            screen.WaitForState(() => screen.FindAll(Taps.Hook(name)).Any(found => found.TextContent.Contains(words, StringComparison.Ordinal)), Patience);
        }
        catch (Exception e) when (e is Bunit.Extensions.WaitForHelpers.WaitForFailedException)
        {
            Assert.Fail($"{name} does not say \"{words}\" but \"{string.Join(" / ", screen.FindAll(Taps.Hook(name)).Select(found => found.TextContent))}\".");
        }
    }
}
