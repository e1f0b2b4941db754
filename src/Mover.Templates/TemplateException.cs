using Mover.Templates.Values;

namespace Mover.Templates;

/// <summary>A template, its parameters or an expression is wrong: the template's author has to change it.</summary>
public sealed class TemplateException : Exception
{
    /// <summary>The code of what is found while a template is read, expanded or validated.</summary>
    public const string InvalidTemplate = "InvalidTemplate";

    internal TemplateException(string message, string code = InvalidTemplate, string? path = null, Place place = default)
        : base(message)
    {
        Code = code;
        Path = path;
        Place = place;
    }

    /// <summary>ARM's code.</summary>
    public string Code { get; }

    /// <summary>Where in the request, such as <c>properties.template.parameters.x</c>; null when unknown.</summary>
    public string? Path { get; }

    /// <summary>The line and column of it in the text; 0 when unknown.</summary>
    public Place Place { get; }

    /// <summary>The same fault in the words of what contains it.</summary>
    internal TemplateException In(string message, string? path = null, Place place = default) =>
        new(message, Code, Path ?? path, Place == default ? place : Place);
}
