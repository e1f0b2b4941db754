using Mover.Core.Arm;
using Mover.Templates;
using Mover.Templates.Evaluation;
using Mover.Templates.Values;

namespace Mover.Server.Deployments;

/// <summary>
/// Gives the evaluation of a piece of a template the resources that it refers to. Evaluation does not wait: it is begun again with each
/// resource that it was found to need.
/// </summary>
internal sealed class FetchedRuntime(IPlanTarget target) : IRuntime
{
    private readonly Dictionary<string, TemplateValue?> _known = new(StringComparer.OrdinalIgnoreCase);

    public TemplateValue? Find(string id, string? apiVersion) => Known(new(null, id, apiVersion ?? string.Empty, null));

    public TemplateValue? List(string function, string id, string apiVersion, TemplateValue? body) =>
        Known(new(function, id, apiVersion, body is null ? null : TemplateText.Json(body)));

    /// <summary>Evaluates; what is wrong is a <see cref="TemplateException"/>, what cannot be read a refusal.</summary>
    public async Task<Core.Result<T>> EvaluateAsync<T>(Func<IRuntime, T> evaluate, CancellationToken cancel)
        where T : notnull
    {
        while (true)
        {
            try
            {
                return Core.Result<T>.Of(evaluate(this));
            }
            catch (NotFetchedException missing)
            {
                if (_known.Count >= DeploymentLimits.ReadsMax)
                {
                    return ArmErrors.InvalidTemplate(
                        TemplateException.InvalidTemplate, $"One evaluation reads more than {DeploymentLimits.ReadsMax} resources.", null);
                }

                var read = await target.ReadAsync(missing.Read, cancel);
                if (read.Refusal is { Status: not 404 } refusal)
                {
                    return refusal;
                }

                _known[missing.Read.Key] = read.Body is null || !read.IsSuccess ? null : TemplateText.Value(read.Body);
            }
            catch (TemplateException fault)
            {
                return TemplateText.Refusal(fault);
            }
        }
    }

    private TemplateValue? Known(PlannedRead read) =>
        _known.TryGetValue(read.Key, out var known) ? known : throw new NotFetchedException(read);

    private sealed class NotFetchedException(PlannedRead read) : Exception("A resource must be read first.")
    {
        public PlannedRead Read { get; } = read;
    }
}

/// <summary>What an expression reads of a resource.</summary>
/// <param name="Function">The name of a <c>list…</c> function; null for the resource itself.</param>
/// <param name="Id">The resource.</param>
/// <param name="ApiVersion">The version asked for.</param>
/// <param name="Body">What is sent to the function, as JSON; null for nothing.</param>
internal sealed record PlannedRead(string? Function, string Id, string ApiVersion, string? Body)
{
    public string Key => $"{Function}|{ArmCase.Lower(Id)}|{ApiVersion}|{Body}";
}
