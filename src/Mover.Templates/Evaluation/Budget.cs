namespace Mover.Templates.Evaluation;

/// <summary>What the evaluation of one deployment has cost so far; throws when it gets too much, whatever the template says.</summary>
internal sealed class Budget
{
    private long _steps;
    private long _made;
    private int _depth;
    private int _resources;
    private int _templates;

    /// <summary>Counts one evaluated node.</summary>
    public void Step()
    {
        if (++_steps > TemplateLimits.StepsMax)
        {
            throw new TemplateException($"The evaluation of the template takes more than {TemplateLimits.StepsMax} steps.");
        }
    }

    /// <summary>Counts what a function has made, in characters or elements.</summary>
    public void Made(long count)
    {
        _made += count;
        if (_made > TemplateLimits.MadeMax)
        {
            throw new TemplateException(
                $"The evaluation of the template creates more than {TemplateLimits.MadeMax} characters and elements in total.");
        }
    }

    /// <summary>Goes one level down; the level ends with <see cref="Leave"/>.</summary>
    public void Enter()
    {
        if (++_depth > TemplateLimits.EvaluationDepthMax)
        {
            throw new TemplateException($"The evaluation of the template nests deeper than {TemplateLimits.EvaluationDepthMax} levels.");
        }
    }

    /// <summary>Ends a level.</summary>
    public void Leave() => _depth--;

    /// <summary>Counts one resource of the deployment, those of nested templates too, again each time they are expanded.</summary>
    public void Resource()
    {
        if (++_resources > TemplateLimits.ResourcesInAllMax)
        {
            throw new TemplateException(
                $"The deployment and its nested deployments expand to more than {TemplateLimits.ResourcesInAllMax} resources.");
        }
    }

    /// <summary>Counts one template that is expanded.</summary>
    public void Template()
    {
        if (++_templates > TemplateLimits.NestedTemplatesMax)
        {
            throw new TemplateException($"The deployment expands to more than {TemplateLimits.NestedTemplatesMax} nested templates.");
        }
    }
}
