using Mover.Templates.Expressions;
using Mover.Templates.Values;

namespace Mover.Templates.Deployments;

/// <summary>How messages name a resource whose name may not be known.</summary>
internal static class ResourceWords
{
    /// <summary>The resource's name, or the expression that it is.</summary>
    public static string Name(ObjectValue written) => written["name"] switch
    {
        StringValue text when ExpressionReader.IsExpression(text.Value) => $"[{ExpressionReader.Read(text.Value)}]",
        StringValue text => text.Value,
        _ => string.Empty,
    };

    /// <summary>The place of a resource in words.</summary>
    public static string At(ObjectValue written) => $"at line '{written.Place.Line}' and column '{written.Place.Column}'";

    /// <summary>A fault of a resource.</summary>
    public static TemplateException Fault(ObjectValue written, string what) => new(
        $"The template resource '{Name(written)}' {what}", path: "properties.template.resources", place: written.Place);

    /// <summary>A fault within a resource.</summary>
    public static TemplateException Wrap(TemplateException fault, ObjectValue written) =>
        fault.Message.StartsWith("The template resource '", StringComparison.Ordinal)
            || fault.Message.StartsWith("The template 'copy'", StringComparison.Ordinal)
            ? fault
            : fault.In(
                $"The template resource '{Name(written)}' {At(written)} is not valid: {fault.Message}", "properties.template.resources",
                written.Place);
}
