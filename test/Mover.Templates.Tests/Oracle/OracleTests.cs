using Mover.Templates.Deployments;
using Mover.Templates.Tests.Cases;
using Mover.Templates.Values;
using Mover.Testing;
using Xunit.Abstractions;

namespace Mover.Templates.Tests.Oracle;

/// <summary>
/// Random Bicep files give the same resources and outputs here as in Microsoft's own engine. <c>MOVER_TEMPLATES</c> says how many files,
/// each with 12 outputs and some 20 other expressions; <c>MOVER_SEED</c> says which.
/// </summary>
public sealed class OracleTests(ITestOutputHelper output)
{
    private const int FilesUsual = 170;

    [Fact]
    public async Task Random_files_deploy_what_Azure_predicts()
    {
        var (first, count) = (Setting.Seed(1), Setting.Number("MOVER_TEMPLATES", FilesUsual));
        output.WriteLine($"MOVER_SEED={first} MOVER_TEMPLATES={count}");
        await using var bicep = BicepProgram.Start();
        var differences = new List<string>();
        var (outputs, refused) = (0, 0);

        for (var seed = first; seed < first + count; seed++)
        {
            var parameters = new FileGenerator(seed).Write(bicep.Folder);
            var (found, compared) = await CompareAsync(bicep, parameters);
            refused += compared == 1 ? 1 : 0;
            differences.AddRange(found.Select(one => $"seed {seed}: {one}"));
            outputs += compared;
        }

        output.WriteLine($"{count} files, {outputs} outputs and resources compared, {refused} files refused by both, {differences.Count} differences");
        Assert.Empty(differences);
        Assert.True(refused * 10 <= count, $"{refused} of {count} files are refused: the generator is to make valid ones.");
    }

    private static async Task<(IReadOnlyList<string> Differences, int Compared)> CompareAsync(BicepProgram bicep, string parameters)
    {
        var context = TemplateCase.Context;
        var template = LenientJson.Parse(await bicep.CompileAsync(Path.ChangeExtension(parameters, ".bicep")));
        var given = new ObjectBuilder().Set("count", new ObjectBuilder().Set("value", CountIn(parameters)).Build()).Build();
        ObjectValue predicted;
        try
        {
            predicted = (ObjectValue)LenientJson.Parse(await bicep.PredictAsync(
                parameters, context.SubscriptionId, context.ResourceGroup!, context.Location, context.DeploymentName));
        }
        catch (InvalidOperationException refusal)
        {
            return (Refuses(template, given) ? [] : [$"Azure refuses it, here it is accepted: {refusal.Message}"], 1);
        }

        DeploymentPlan plan;
        PlannedRuntime runtime;
        try
        {
            plan = DeploymentPlan.Create(template, given, context);
            runtime = new(plan);
            _ = plan.Outputs(runtime);
        }
        catch (TemplateException fault)
        {
            return ([$"Azure accepts it, here: {fault.Message}"], 1);
        }

        var made = plan.Outputs(runtime).ToDictionary(one => one.Name, one => one.Value, StringComparer.Ordinal);
        var resources = runtime.Resources().ToDictionary(one => ((StringValue)one["id"]!).Value, StringComparer.OrdinalIgnoreCase);

        var wanted = (ObjectValue)predicted["outputs"]!;
        var wantedResources = ((ArrayValue)predicted["predictedResources"]!).Items.Cast<ObjectValue>().ToList();
        var differences = wanted.Where(one => !ValueComparison.Deep.Equals(made.GetValueOrDefault(one.Name), one.Value))
            .Select(one => $"{one.Name}: Azure {ValueText.ToJson(one.Value)}, here "
                + (made.TryGetValue(one.Name, out var value) ? ValueText.ToJson(value) : "nothing"))
            .Concat(wantedResources.Where(one => !resources.TryGetValue(((StringValue)one["id"]!).Value, out var here) || !IsSame(one, here))
                .Select(one => $"resource {ValueText.ToJson(one)}, here "
                    + (resources.TryGetValue(((StringValue)one["id"]!).Value, out var here) ? ValueText.ToJson(here) : "nothing")))
            .ToList();
        if (wanted.Count != made.Count || wantedResources.Count != resources.Count)
        {
            differences.Add($"{wanted.Count} outputs and {wantedResources.Count} resources, here {made.Count} and {resources.Count}");
        }

        return (differences, wanted.Count + wantedResources.Count);
    }

    private static bool Refuses(TemplateValue template, ObjectValue given)
    {
        try
        {
            var plan = DeploymentPlan.Create(template, given, TemplateCase.Context);
            _ = plan.Outputs(new PlannedRuntime(plan));
            return false;
        }
        catch (TemplateException)
        {
            return true;
        }
    }

    private static bool IsSame(ObjectValue wanted, ObjectValue made) =>
        wanted.All(member => made[member.Name] is { } value && ValueComparison.Deep.Equals(value, member.Value));

    private static TemplateValue CountIn(string parameters) =>
        LenientJson.Parse(File.ReadAllText(parameters).Split("count =")[1].Trim());
}
