namespace Mover.Core.Access;

/// <summary>
/// A text that must not be seen: it shows as <c>***</c> wherever it is formatted, logged or compared in a debugger. Only
/// <see cref="Reveal"/> gives the text, so that a search for it finds every place where a secret leaves its wrapper.
/// </summary>
public sealed class Secret(string text)
{
    private readonly string _text = text;

    /// <summary>The text itself, for the one place that needs it.</summary>
    public string Reveal() => _text;

    /// <summary>Always <c>***</c>.</summary>
    public override string ToString() => "***";
}
