using Mover.Templates.Deployments;
using Mover.Templates.Values;

namespace Mover.Templates.Tests.Cases;

/// <summary>Templates whose right answers are known from Azure.</summary>
public sealed class TemplateCaseTests
{
    // These answers are given by what stands around a template: the request's body, links, and the providers' own rules.
    private static readonly string[] OfTheServer = ["rec-template-as-string", "rec-template-link-localhost", "rec-preflight-account-name-two"];

    public static TheoryData<string> Answers => Ids(one => one.Kind is "expression" or "template" && one.IsPure);

    public static TheoryData<string> Errors => Ids(one => one.Kind == "error" && one.IsPure);

    [Theory]
    [MemberData(nameof(Answers))]
    public void Outputs_and_resources_are_those_of_Azure(string id)
    {
        var one = TemplateCase.All[id];
        var plan = one.Plan();
        var runtime = new PlannedRuntime(plan);

        var resources = runtime.Resources().ToList();
        var outputs = new ObjectValue([.. plan.Outputs(runtime).Select(output => new Member(output.Name, output.Value))]);

        if (one.Outputs is { } wanted)
        {
            Assert.True(
                ValueComparison.Deep.Equals(wanted, outputs), $"wanted {ValueText.ToJson(wanted)}, got {ValueText.ToJson(outputs)}");
        }

        if (one.Resources is { } all)
        {
            Assert.Equal(all.Items.Count, resources.Count);
            Assert.All(all.Items, resource => Assert.Contains(resources, made => Has(made, (ObjectValue)resource)));
        }
    }

    [Theory]
    [MemberData(nameof(Errors))]
    public void Errors_are_those_of_Azure(string id)
    {
        var one = TemplateCase.All[id];

        var fault = Assert.Throws<TemplateException>(() =>
        {
            var plan = one.Plan();
            plan.Outputs(new PlannedRuntime(plan));
        });

        Assert.Contains(fault.Code, one.Codes);
        if (one.Message is { } message)
        {
            Assert.Matches(message, fault.Message);
        }
    }

    [Fact]
    public void All_cases_are_tried()
    {
        var pure = TemplateCase.All.Values.Count(one => one.IsPure && one.Kind is "expression" or "template" or "error");

        Assert.True(Answers.Count + Errors.Count + OfTheServer.Length >= 290, $"{Answers.Count} answers and {Errors.Count} errors of {pure}");
    }

    private static TheoryData<string> Ids(Func<TemplateCase, bool> wanted) =>
        [.. TemplateCase.All.Values.Where(one => wanted(one) && !OfTheServer.Contains(one.Id)).Select(one => one.Id)];

    private static bool Has(ObjectValue made, ObjectValue wanted) =>
        wanted.All(member => made[member.Name] is { } value && ValueComparison.Deep.Equals(value, member.Value));
}
