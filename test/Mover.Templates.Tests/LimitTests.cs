using System.Text;
using Mover.Templates.Deployments;
using Mover.Templates.Tests.Cases;
using Mover.Templates.Values;

namespace Mover.Templates.Tests;

/// <summary>The cost of a template is bounded, whatever it says: it ends with a fault that names the limit, and in little memory.</summary>
public sealed class LimitTests
{
    private const long MadeBytesMax = 1L << 30;

    [Fact]
    public void Variables_that_double_each_other_are_stopped_at_what_they_make()
    {
        var variables = new StringBuilder("\"v0\":\"0123456789abcdef\"");
        for (var at = 1; at < 60; at++)
        {
            variables.Append($",\"v{at}\":\"[concat(variables('v{at - 1}'),variables('v{at - 1}'))]\"");
        }

        IsStopped(Template(variables.ToString(), "[length(variables('v59'))]"), "characters and elements");
    }

    [Fact]
    public void Lambdas_in_lambdas_are_stopped_at_their_steps() => IsStopped(
        Template(
            "\"r\":\"[range(0,10000)]\"",
            "[length(map(variables('r'), lambda('x', length(map(variables('r'), lambda('y', add(1,lambdaVariables('y'))))))))]"),
        "steps");

    [Fact]
    public void Calls_in_calls_are_stopped_at_their_depth()
    {
        const int Depth = TemplateLimits.ExpressionDepthMax + 1;
        var deep = string.Concat(Enumerable.Repeat("not(", Depth)) + "true" + new string(')', Depth);

        IsStopped(Template(string.Empty, $"[{deep}]"), null);
    }

    [Fact]
    public void A_chain_of_variables_is_stopped_at_its_depth()
    {
        // Each names the next: the first cannot be known before the last.
        var variables = new StringBuilder();
        for (var at = 1; at < TemplateLimits.VariablesMax; at++)
        {
            variables.Append($"\"v{at}\":\"[variables('v{at + 1}')]\",");
        }

        variables.Append($"\"v{TemplateLimits.VariablesMax}\":\"x\"");

        IsStopped(Template(variables.ToString(), "[variables('v1')]"), "nests deeper");
    }

    [Theory]
    [InlineData('[')]
    [InlineData('{')]
    public void Json_that_nests_without_end_is_stopped_at_its_depth(char bracket)
    {
        var deep = bracket == '[' ? new string('[', 100_000) : string.Concat(Enumerable.Repeat("{\"a\":", 100_000));

        var fault = Assert.Throws<FormatException>(() => LenientJson.Parse(deep));

        Assert.Contains("nests deeper", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_range_is_stopped_at_its_elements() => IsStopped(
        Template(string.Empty, $"[length(range(0,{TemplateLimits.RangeMax + 1}))]"), null);

    [Fact]
    public void Each_nested_template_has_as_many_resources_as_one_may_have()
    {
        var tooMany = Assert.Throws<TemplateException>(
            () => Count(Nested(parts: 1, resources: 2, twice: TemplateLimits.ResourcesMax - 1)));

        Assert.Equal(3 * TemplateLimits.ResourcesMax, Count(Nested(parts: 3, resources: TemplateLimits.ResourcesMax)));
        Assert.Contains("Limit: '800' and actual: '801'", tooMany.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nested_templates_are_stopped_at_what_they_have_in_all()
    {
        const int Parts = (TemplateLimits.ResourcesInAllMax / TemplateLimits.ResourcesMax) + 1;

        var tooMany = Assert.Throws<TemplateException>(() => Count(Nested(Parts, TemplateLimits.ResourcesMax)));

        Assert.Contains("its nested deployments expand to more than", tooMany.Message, StringComparison.Ordinal);
    }

    private static int Count(string template) =>
        new PlannedRuntime(DeploymentPlan.Create(LenientJson.Parse(template), null, TemplateCase.Context)).Resources().Count();

    // Deployments with a loop each; a second loop makes one template have too many.
    private static string Nested(int parts, int resources, int twice = 0)
    {
        const string Schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#";
        var loops = string.Join(',', new[] { resources, twice }.Where(count => count > 0).Select((count, at) => $$"""
            {"type":"Microsoft.StorageMover/storageMovers","apiVersion":"2025-12-01","name":"[concat('m{{at}}-', copyIndex())]",
             "location":"x","copy":{"name":"c{{at}}","count":{{count}} } }
            """));
        var nested = string.Join(',', Enumerable.Range(0, parts).Select(at => $$"""
            {"type":"Microsoft.Resources/deployments","apiVersion":"2022-09-01","name":"d{{at}}","properties":{"mode":"Incremental",
             "expressionEvaluationOptions":{"scope":"inner"},
             "template":{"$schema":"{{Schema}}","contentVersion":"1.0.0.0","resources":[{{loops}}]} } }
            """));
        return $$"""{"$schema":"{{Schema}}","contentVersion":"1.0.0.0","resources":[{{nested}}]}""";
    }

    private static void IsStopped(string template, string? limit)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();

        var fault = Assert.Throws<TemplateException>(() =>
        {
            var plan = DeploymentPlan.Create(LenientJson.Parse(template), null, TemplateCase.Context);
            plan.Outputs(new PlannedRuntime(plan));
        });

        Assert.Contains(limit ?? string.Empty, fault.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 4 * MadeBytesMax);
    }

    private static string Template(string variables, string output) => """
        {"$schema":"https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#","contentVersion":"1.0.0.0",
         "variables":{VARIABLES},"resources":[],"outputs":{"o":{"type":"object","value":"OUTPUT"}}}
        """.Replace("VARIABLES", variables, StringComparison.Ordinal).Replace("OUTPUT", output, StringComparison.Ordinal);
}
