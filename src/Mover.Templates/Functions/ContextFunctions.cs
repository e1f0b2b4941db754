using Mover.Templates.Evaluation;
using Mover.Templates.Values;

namespace Mover.Templates.Functions;

/// <summary>Functions that say where a template is deployed, and those that read its parameters and variables.</summary>
internal static class ContextFunctions
{
    public static IReadOnlyList<Function> All { get; } =
    [
        new("parameters", 1, 1, call => call.Scope.Parameters(call.Text(0)) ?? throw NoParameter(call)),
        new("variables", 1, 1, call => call.Scope.Variables(call.Text(0))
            ?? throw new TemplateException($"The template variable '{call.Text(0)}' is not found.")),
        new("copyIndex", 0, 2, CopyIndex),
        new("subscription", 0, 0, call => Subscription(call.Scope.Context)),
        new("resourceGroup", 0, 0, call => Group(call.Scope.Context) ?? throw NotAbove(call, "a resource group")),
        new("tenant", 0, 0, call => Tenant(call.Scope.Context)),
        new("managementGroup", 0, 0, call => throw NotAbove(call, "a management group")),
        new("deployment", 0, 0, call => Deployment(call.Scope)),
        new("deployer", 0, 0, call => call.Scope.Context.Deployer),
        new("environment", 0, 0, call => call.Scope.Context.Environment),
    ];

    private static TemplateException NoParameter(FunctionCall call) => call.Scope.InsideFunction is { } function
        ? new($"The parameter '{call.Text(0)}' is not found in template function '{function}'.")
        : new($"The template parameter '{call.Text(0)}' is not found.");

    private static TemplateException NotAbove(FunctionCall call, string what) =>
        new($"The template function '{call.Name}' is not expected at this location: the deployment is not in {what}.");

    private static TemplateValue CopyIndex(FunctionCall call)
    {
        var isNamed = call.Count > 0 && call[0] is StringValue;
        var offset = call.Count == (isNamed ? 2 : 1) ? call.Integer(isNamed ? 1 : 0) : 0;
        if (offset < 0 || (call.Count == 2 && !isNamed))
        {
            throw call.Unable("It takes a loop name and a non-negative offset.");
        }

        var loops = call.Scope.Loops;
        for (var at = loops.Length - 1; at >= 0; at--)
        {
            if (isNamed ? loops[at].Name.Equals(call.Text(0), StringComparison.OrdinalIgnoreCase) : loops[at].IsDefault)
            {
                return TemplateValue.Of(loops[at].Index + offset);
            }
        }

        throw isNamed && loops.Length > 0
            ? new TemplateException($"The template function 'copyIndex' refers to the loop '{call.Text(0)}', which does not enclose it.")
            : ReferenceFunctions.NotHere(call.Name);
    }

    private static ObjectValue Subscription(DeploymentContext context) => new ObjectBuilder()
        .Set("id", TemplateValue.Of(context.SubscriptionScope))
        .Set("subscriptionId", TemplateValue.Of(context.SubscriptionId))
        .Set("tenantId", TemplateValue.Of(context.TenantId))
        .Set("displayName", TemplateValue.Of(context.SubscriptionName))
        .Build();

    private static ObjectValue? Group(DeploymentContext context) => context.ResourceGroup is null ? null : new ObjectBuilder()
        .Set("id", TemplateValue.Of(context.Scope))
        .Set("name", TemplateValue.Of(context.ResourceGroup))
        .Set("type", TemplateValue.Of("Microsoft.Resources/resourceGroups"))
        .Set("location", TemplateValue.Of(context.Location))
        .Set("tags", context.GroupTags ?? ObjectValue.Empty)
        .Set("properties", new ObjectBuilder().Set("provisioningState", TemplateValue.Of("Succeeded")).Build())
        .Build();

    private static ObjectValue Tenant(DeploymentContext context) => new ObjectBuilder()
        .Set("countryCode", TemplateValue.Of(string.Empty))
        .Set("displayName", TemplateValue.Of(context.TenantName))
        .Set("id", TemplateValue.Of($"/tenants/{context.TenantId}"))
        .Set("tenantId", TemplateValue.Of(context.TenantId))
        .Build();

    private static ObjectValue Deployment(Scope scope)
    {
        var described = new ObjectBuilder().Set("name", TemplateValue.Of(scope.Context.DeploymentName));
        if (scope.Context.ResourceGroup is null)
        {
            described.Set("location", TemplateValue.Of(scope.Context.Location));
        }

        return described.Set("properties", scope.DeploymentProperties).Build();
    }
}
