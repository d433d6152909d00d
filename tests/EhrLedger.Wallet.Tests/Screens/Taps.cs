using Bunit;
using Microsoft.AspNetCore.Components;

namespace EhrLedger.Wallet.Tests.Screens;

/// <summary>What a patient does to a screen that is drawn again meanwhile: finding and touching are one step for the renderer.</summary>
internal static class Taps
{
    public static Task TapAsync<T>(this IRenderedComponent<T> screen, string id)
        where T : IComponent => screen.InvokeAsync(() => screen.Find(Hook(id)).Click());

    public static Task TypeAsync<T>(this IRenderedComponent<T> screen, string id, string text)
        where T : IComponent => screen.InvokeAsync(() => screen.Find(Hook(id)).Input(text));

    public static Task ChooseAsync<T>(this IRenderedComponent<T> screen, string id, object value)
        where T : IComponent => screen.InvokeAsync(() => screen.Find(Hook(id)).Change(value));

    /// <summary>Sends the form that holds this.</summary>
    public static Task SendAsync<T>(this IRenderedComponent<T> screen, string id)
        where T : IComponent => screen.InvokeAsync(() => screen.Find($"form:has({Hook(id)})").Submit());

    public static string Hook(string id) => $"[data-testid={id}]";
}
