using Mover.Templates.Evaluation;
using Mover.Templates.Functions;
using Mover.Templates.Values;

namespace Mover.Templates.Deployments;

/// <summary>Refuses <c>reference</c> and its kin at a place where everything has to be evaluated at once.</summary>
internal sealed class NoReferences : IReferences
{
    public static NoReferences Instance { get; } = new();

    public void Allow(string function) => throw ReferenceFunctions.NotHere(function);

    public TemplateValue Reference(string nameOrId, string? apiVersion, bool isFull) => throw ReferenceFunctions.NotHere("reference");

    public TemplateValue References(string loop, bool isFull) => throw ReferenceFunctions.NotHere("references");

    public TemplateValue Info(string symbol) => throw ReferenceFunctions.NotHere("resourceInfo");

    public TemplateValue List(string function, string nameOrId, string apiVersion, TemplateValue? body) =>
        throw ReferenceFunctions.NotHere(function);
}
