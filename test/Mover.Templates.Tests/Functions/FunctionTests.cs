using Mover.Templates.Deployments;
using Mover.Templates.Evaluation;
using Mover.Templates.Functions;
using Mover.Templates.Tests.Cases;
using Mover.Templates.Tests.Oracle;
using Mover.Templates.Values;

namespace Mover.Templates.Tests.Functions;

/// <summary>Every function of the language has an example, and what functions of the cloud need of it.</summary>
public sealed class FunctionTests(FunctionTests.MicrosoftsEngine engine) : IClassFixture<FunctionTests.MicrosoftsEngine>
{
    public static TheoryData<string, string> Values => Data(FunctionExamples.Everywhere.Concat(FunctionExamples.Here));

    public static TheoryData<string, string> Refusals => Data(FunctionExamples.Refused);

    public static TheoryData<string> OfTheCloud => [.. CloudFunctions.All.Select(one => one.Name)];

    [Theory]
    [MemberData(nameof(Values))]
    public void An_example_has_its_value(string expression, string value)
    {
        var made = Evaluate(FunctionExamples.Template([expression]), FunctionExamples.Context);

        Assert.True(ValueComparison.Deep.Equals(FunctionExamples.Value(value), made), $"wanted [{value}], got {ValueText.ToJson(made)}");
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public void What_cannot_be_answered_is_refused_by_name(string expression, string why)
    {
        var fault = Assert.Throws<TemplateException>(
            () => Evaluate(FunctionExamples.Template([expression]), FunctionExamples.Context));

        Assert.Contains(why, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(OfTheCloud))]
    public void Functions_of_the_cloud_are_not_valid_without_one(string name)
    {
        var fault = Assert.Throws<TemplateException>(
            () => Evaluate(FunctionExamples.Template([ExampleOf(name)]), TemplateCase.Context));

        Assert.Contains($"The template function '{name}' is not valid", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_function_is_used_by_a_case_or_an_example()
    {
        var examples = FunctionExamples.Everywhere.Keys.Concat(FunctionExamples.Here.Keys).Concat(FunctionExamples.Refused.Keys);
        var used = TemplateCase.All.Values.Where(one => one.Kind != "error").SelectMany(one => FunctionExamples.CallsIn(one.Template))
            .Concat(FunctionExamples.CallsIn(LenientJson.Parse(FunctionExamples.Template(examples))))
            .ToHashSet(StringComparer.OrdinalIgnoreCase);

        Assert.Empty(FunctionTable.Names.Except(used, StringComparer.OrdinalIgnoreCase));
        Assert.Contains(used, FunctionTable.IsList);
    }

    [Fact]
    public async Task Examples_have_the_values_of_Microsofts_engine()
    {
        var predicted = (ObjectValue)LenientJson.Parse(await engine.PredictAsync(
            FunctionExamples.Template(FunctionExamples.Everywhere.Keys)));

        var outputs = (ObjectValue)predicted["outputs"]!;
        Assert.All(FunctionExamples.Everywhere.Select((one, at) => (one.Key, one.Value, Made: outputs[$"o{at}"])), one => Assert.True(
            ValueComparison.Deep.Equals(FunctionExamples.Value(one.Value), one.Made),
            $"{one.Key}: {ValueText.ToJson(one.Made ?? TemplateValue.Null)}"));
    }

    [Theory]
    [MemberData(nameof(OfTheCloud))]
    public async Task Functions_of_the_cloud_stand_in_variables_where_Microsofts_engine_lets_them(string name)
    {
        var isRefused = name.StartsWith("to", StringComparison.Ordinal);
        var template = FunctionExamples.Template(["variables('v')"], $"\"v\": \"[{ExampleOf(name)}]\"");

        var there = await Record.ExceptionAsync(() => engine.PredictAsync(template));
        var here = Record.Exception(() => Evaluate(template, FunctionExamples.Context));

        Assert.Equal((isRefused, isRefused), (there is not null, here is not null));
        var refusal = isRefused ? $"The template function '{name}' is not expected at this location" : string.Empty;
        Assert.Contains(refusal, there?.Message ?? string.Empty, StringComparison.Ordinal);
        Assert.Contains(refusal, here?.Message ?? string.Empty, StringComparison.Ordinal);
    }

    private static string ExampleOf(string name) =>
        FunctionExamples.Here.Keys.First(one => one.StartsWith(name + '(', StringComparison.Ordinal));

    private static TemplateValue Evaluate(string template, DeploymentContext context)
    {
        var plan = DeploymentPlan.Create(LenientJson.Parse(template), null, context);
        return plan.Outputs(new PlannedRuntime(plan, new AnsweringRuntime()))[0].Value;
    }

    private static TheoryData<string, string> Data(IEnumerable<KeyValuePair<string, string>> examples)
    {
        var data = new TheoryData<string, string>();
        foreach (var (expression, value) in examples)
        {
            data.Add(expression, value);
        }

        return data;
    }

    // A cloud whose resources answer every list with what they were asked.
    private sealed class AnsweringRuntime : IRuntime
    {
        public TemplateValue? Find(string id, string? apiVersion) => null;

        public TemplateValue? List(string function, string id, string apiVersion, TemplateValue? body) => new ObjectBuilder()
            .Set("asked", TemplateValue.Of($"{function} {apiVersion} {ValueText.ToJson(body ?? TemplateValue.Null)}"))
            .Build();
    }

    /// <summary>Microsoft's engine, asked about templates with a parameter <c>fresh</c>.</summary>
    public sealed class MicrosoftsEngine : IAsyncLifetime
    {
        private readonly BicepProgram _bicep = BicepProgram.Start();

        public Task InitializeAsync() => Task.CompletedTask;

        public async Task DisposeAsync() => await _bicep.DisposeAsync();

        public async Task<string> PredictAsync(string template)
        {
            var parameters = Path.Combine(_bicep.Folder, "examples.bicepparam");
            await File.WriteAllTextAsync(Path.Combine(_bicep.Folder, "examples.json"), template);
            await File.WriteAllTextAsync(parameters, "using 'examples.json'\nparam fresh = 'x'\n");
            var at = TemplateCase.Context;
            return await _bicep.PredictAsync(parameters, at.SubscriptionId, at.ResourceGroup!, at.Location, at.DeploymentName);
        }
    }
}
