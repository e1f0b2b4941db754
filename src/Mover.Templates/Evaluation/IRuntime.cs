using Mover.Templates.Values;

namespace Mover.Templates.Evaluation;

/// <summary>What is known of resources while a deployment runs, for <c>reference</c> and its kin.</summary>
public interface IRuntime
{
    /// <summary>The whole resource, as a GET answers it, or the whole deployment; null when it does not exist (yet).</summary>
    /// <param name="id">The resource id.</param>
    /// <param name="apiVersion">The version asked for; null for that of the template.</param>
    TemplateValue? Find(string id, string? apiVersion);

    /// <summary>The answer of a POST such as <c>listKeys</c>; null when the resource does not exist.</summary>
    /// <param name="function">The function's name, which begins with <c>list</c>.</param>
    /// <param name="id">The resource id.</param>
    /// <param name="apiVersion">The version asked for.</param>
    /// <param name="body">What is sent along; null for nothing.</param>
    TemplateValue? List(string function, string id, string apiVersion, TemplateValue? body);
}
