//! Known ways from a set of permissions to a stronger principal.
//!
//! The facts (ids, categories, required actions, trusted services) are those of
//! pathfinding.cloud by Datadog (<https://github.com/DataDog/pathfinding.cloud>, Apache-2.0). Over
//! which resource each action must be allowed ([`Over`]), and the service whose roles a path over
//! an existing resource borrows, are ours.

/// What a path's actions must be allowed on, and what it needs in the account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// A customer-managed policy that the principal itself has.
    OwnPolicy,
    /// The principal itself, a user.
    SelfUser,
    /// The principal itself, a role.
    SelfRole,
    /// A group that the user is in.
    OwnGroup,
    /// A group that the user is not in and that can do more.
    OtherGroup,
    /// Another user that can do more.
    OtherUser,
    /// Another role that can do more.
    OtherRole,
    /// Another user, which the path itself makes stronger.
    RaisedUser,
    /// Another role, which the path itself makes stronger.
    RaisedRole,
    /// A customer-managed policy of another role, and that role.
    PolicyOfRole,
    /// An administrator role that trusts the whole account.
    Assume,
    /// A role to pass that one of the services may assume and that can do more.
    PassRole(&'static [&'static str]),
    /// A resource with an administrator role that one of the services may assume.
    Existing(&'static [&'static str]),
}

/// One path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Path {
    /// The id, for ever.
    pub id: &'static str,
    /// `self-escalation`, `principal-access`, `new-passrole` or `existing-passrole`.
    pub category: &'static str,
    /// Every one must be allowed; in lower case.
    pub required: &'static [&'static str],
    /// On what.
    pub over: Over,
}

const fn path(
    id: &'static str,
    category: &'static str,
    required: &'static [&'static str],
    over: Over,
) -> Path {
    Path { id, category, required, over }
}

/// Every path.
pub static PATHS: &[Path] = &[
    path(
        "apprunner-001",
        "new-passrole",
        &["iam:passrole", "apprunner:createservice"],
        Over::PassRole(&["tasks.apprunner.amazonaws.com"]),
    ),
    path(
        "apprunner-002",
        "existing-passrole",
        &["apprunner:updateservice"],
        Over::Existing(&["tasks.apprunner.amazonaws.com"]),
    ),
    path(
        "bedrock-001",
        "new-passrole",
        &[
            "iam:passrole",
            "bedrock-agentcore:createcodeinterpreter",
            "bedrock-agentcore:startcodeinterpretersession",
            "bedrock-agentcore:invokecodeinterpreter",
        ],
        Over::PassRole(&["bedrock-agentcore.amazonaws.com"]),
    ),
    path(
        "bedrock-002",
        "existing-passrole",
        &[
            "bedrock-agentcore:startcodeinterpretersession",
            "bedrock-agentcore:invokecodeinterpreter",
        ],
        Over::Existing(&["bedrock-agentcore.amazonaws.com"]),
    ),
    path(
        "cloudformation-001",
        "new-passrole",
        &["iam:passrole", "cloudformation:createstack"],
        Over::PassRole(&["cloudformation.amazonaws.com"]),
    ),
    path(
        "cloudformation-002",
        "existing-passrole",
        &["cloudformation:updatestack"],
        Over::Existing(&["cloudformation.amazonaws.com"]),
    ),
    path(
        "cloudformation-003",
        "new-passrole",
        &["iam:passrole", "cloudformation:createstackset", "cloudformation:createstackinstances"],
        Over::PassRole(&["cloudformation.amazonaws.com"]),
    ),
    path(
        "cloudformation-004",
        "new-passrole",
        &["iam:passrole", "cloudformation:updatestackset"],
        Over::PassRole(&["cloudformation.amazonaws.com"]),
    ),
    path(
        "cloudformation-005",
        "new-passrole",
        &["cloudformation:createchangeset", "cloudformation:executechangeset"],
        Over::Existing(&["cloudformation.amazonaws.com"]),
    ),
    path(
        "codebuild-001",
        "new-passrole",
        &["iam:passrole", "codebuild:createproject", "codebuild:startbuild"],
        Over::PassRole(&["codebuild.amazonaws.com"]),
    ),
    path(
        "codebuild-002",
        "existing-passrole",
        &["codebuild:startbuild"],
        Over::Existing(&["codebuild.amazonaws.com"]),
    ),
    path(
        "codebuild-003",
        "existing-passrole",
        &["codebuild:startbuildbatch"],
        Over::Existing(&["codebuild.amazonaws.com"]),
    ),
    path(
        "codebuild-004",
        "new-passrole",
        &["iam:passrole", "codebuild:createproject", "codebuild:startbuildbatch"],
        Over::PassRole(&["codebuild.amazonaws.com"]),
    ),
    path(
        "datapipeline-001",
        "new-passrole",
        &[
            "iam:passrole",
            "datapipeline:createpipeline",
            "datapipeline:putpipelinedefinition",
            "datapipeline:activatepipeline",
        ],
        Over::PassRole(&["datapipeline.amazonaws.com", "elasticmapreduce.amazonaws.com"]),
    ),
    path(
        "ec2-001",
        "new-passrole",
        &["iam:passrole", "ec2:runinstances"],
        Over::PassRole(&["ec2.amazonaws.com"]),
    ),
    path(
        "ec2-002",
        "existing-passrole",
        &["ec2:modifyinstanceattribute", "ec2:stopinstances", "ec2:startinstances"],
        Over::Existing(&["ec2.amazonaws.com"]),
    ),
    path(
        "ec2-003",
        "new-passrole",
        &["iam:passrole", "ec2:requestspotinstances"],
        Over::PassRole(&["ec2.amazonaws.com"]),
    ),
    path(
        "ec2-004",
        "existing-passrole",
        &["ec2:createlaunchtemplateversion", "ec2:modifylaunchtemplate"],
        Over::Existing(&["ec2.amazonaws.com"]),
    ),
    path(
        "ec2instanceconnect-003",
        "existing-passrole",
        &["ec2-instance-connect:sendsshpublickey", "ec2:describeinstances"],
        Over::Existing(&["ec2.amazonaws.com"]),
    ),
    path(
        "ecs-001",
        "new-passrole",
        &["iam:passrole", "ecs:createcluster", "ecs:registertaskdefinition", "ecs:createservice"],
        Over::PassRole(&["ecs-tasks.amazonaws.com"]),
    ),
    path(
        "ecs-002",
        "new-passrole",
        &["iam:passrole", "ecs:createcluster", "ecs:registertaskdefinition", "ecs:runtask"],
        Over::PassRole(&["ecs-tasks.amazonaws.com"]),
    ),
    path(
        "ecs-003",
        "new-passrole",
        &["iam:passrole", "ecs:registertaskdefinition", "ecs:createservice"],
        Over::PassRole(&["ecs-tasks.amazonaws.com"]),
    ),
    path(
        "ecs-004",
        "new-passrole",
        &["iam:passrole", "ecs:registertaskdefinition", "ecs:runtask"],
        Over::PassRole(&["ecs-tasks.amazonaws.com"]),
    ),
    path(
        "ecs-005",
        "new-passrole",
        &["iam:passrole", "ecs:registertaskdefinition", "ecs:starttask"],
        Over::PassRole(&["ecs-tasks.amazonaws.com"]),
    ),
    path(
        "glue-001",
        "new-passrole",
        &["iam:passrole", "glue:createdevendpoint"],
        Over::PassRole(&["glue.amazonaws.com"]),
    ),
    path(
        "glue-002",
        "existing-passrole",
        &["glue:updatedevendpoint"],
        Over::Existing(&["glue.amazonaws.com"]),
    ),
    path(
        "glue-003",
        "new-passrole",
        &["iam:passrole", "glue:createjob", "glue:startjobrun"],
        Over::PassRole(&["glue.amazonaws.com"]),
    ),
    path(
        "glue-004",
        "new-passrole",
        &["iam:passrole", "glue:createjob", "glue:createtrigger"],
        Over::PassRole(&["glue.amazonaws.com"]),
    ),
    path(
        "glue-005",
        "new-passrole",
        &["iam:passrole", "glue:updatejob", "glue:startjobrun"],
        Over::PassRole(&["glue.amazonaws.com"]),
    ),
    path(
        "glue-006",
        "new-passrole",
        &["iam:passrole", "glue:updatejob", "glue:createtrigger"],
        Over::PassRole(&["glue.amazonaws.com"]),
    ),
    path("iam-001", "self-escalation", &["iam:createpolicyversion"], Over::OwnPolicy),
    path("iam-002", "principal-access", &["iam:createaccesskey"], Over::OtherUser),
    path(
        "iam-003",
        "principal-access",
        &["iam:createaccesskey", "iam:deleteaccesskey"],
        Over::OtherUser,
    ),
    path("iam-004", "principal-access", &["iam:createloginprofile"], Over::OtherUser),
    path("iam-005", "self-escalation", &["iam:putrolepolicy"], Over::SelfRole),
    path("iam-006", "principal-access", &["iam:updateloginprofile"], Over::OtherUser),
    path("iam-007", "self-escalation", &["iam:putuserpolicy"], Over::SelfUser),
    path("iam-008", "self-escalation", &["iam:attachuserpolicy"], Over::SelfUser),
    path("iam-009", "self-escalation", &["iam:attachrolepolicy"], Over::SelfRole),
    path("iam-010", "self-escalation", &["iam:attachgrouppolicy"], Over::OwnGroup),
    path("iam-011", "self-escalation", &["iam:putgrouppolicy"], Over::OwnGroup),
    path("iam-012", "principal-access", &["iam:updateassumerolepolicy"], Over::OtherRole),
    path("iam-013", "self-escalation", &["iam:addusertogroup"], Over::OtherGroup),
    path(
        "iam-014",
        "principal-access",
        &["iam:attachrolepolicy", "sts:assumerole"],
        Over::RaisedRole,
    ),
    path(
        "iam-015",
        "principal-access",
        &["iam:attachuserpolicy", "iam:createaccesskey"],
        Over::RaisedUser,
    ),
    path(
        "iam-016",
        "principal-access",
        &["iam:createpolicyversion", "sts:assumerole"],
        Over::PolicyOfRole,
    ),
    path("iam-017", "principal-access", &["iam:putrolepolicy", "sts:assumerole"], Over::RaisedRole),
    path(
        "iam-018",
        "principal-access",
        &["iam:putuserpolicy", "iam:createaccesskey"],
        Over::RaisedUser,
    ),
    path(
        "iam-019",
        "principal-access",
        &["iam:attachrolepolicy", "iam:updateassumerolepolicy"],
        Over::RaisedRole,
    ),
    path(
        "iam-020",
        "principal-access",
        &["iam:createpolicyversion", "iam:updateassumerolepolicy"],
        Over::PolicyOfRole,
    ),
    path(
        "iam-021",
        "principal-access",
        &["iam:putrolepolicy", "iam:updateassumerolepolicy"],
        Over::RaisedRole,
    ),
    path(
        "lambda-001",
        "new-passrole",
        &["iam:passrole", "lambda:createfunction", "lambda:invokefunction"],
        Over::PassRole(&["lambda.amazonaws.com"]),
    ),
    path(
        "lambda-002",
        "new-passrole",
        &["iam:passrole", "lambda:createfunction", "lambda:createeventsourcemapping"],
        Over::PassRole(&["lambda.amazonaws.com"]),
    ),
    path(
        "lambda-003",
        "existing-passrole",
        &["lambda:updatefunctioncode"],
        Over::Existing(&["lambda.amazonaws.com"]),
    ),
    path(
        "lambda-004",
        "existing-passrole",
        &["lambda:updatefunctioncode", "lambda:invokefunction"],
        Over::Existing(&["lambda.amazonaws.com"]),
    ),
    path(
        "lambda-005",
        "existing-passrole",
        &["lambda:updatefunctioncode", "lambda:addpermission"],
        Over::Existing(&["lambda.amazonaws.com"]),
    ),
    path(
        "lambda-006",
        "new-passrole",
        &["iam:passrole", "lambda:createfunction", "lambda:addpermission"],
        Over::PassRole(&["lambda.amazonaws.com"]),
    ),
    path(
        "sagemaker-001",
        "new-passrole",
        &["iam:passrole", "sagemaker:createnotebookinstance"],
        Over::PassRole(&["sagemaker.amazonaws.com"]),
    ),
    path(
        "sagemaker-002",
        "new-passrole",
        &["iam:passrole", "sagemaker:createtrainingjob"],
        Over::PassRole(&["sagemaker.amazonaws.com"]),
    ),
    path(
        "sagemaker-003",
        "new-passrole",
        &["iam:passrole", "sagemaker:createprocessingjob"],
        Over::PassRole(&["sagemaker.amazonaws.com"]),
    ),
    path(
        "sagemaker-004",
        "existing-passrole",
        &["sagemaker:createpresignednotebookinstanceurl"],
        Over::Existing(&["sagemaker.amazonaws.com"]),
    ),
    path(
        "sagemaker-005",
        "existing-passrole",
        &[
            "sagemaker:createnotebookinstancelifecycleconfig",
            "sagemaker:stopnotebookinstance",
            "sagemaker:updatenotebookinstance",
            "sagemaker:startnotebookinstance",
        ],
        Over::Existing(&["sagemaker.amazonaws.com"]),
    ),
    path(
        "ssm-001",
        "existing-passrole",
        &["ssm:startsession"],
        Over::Existing(&["ec2.amazonaws.com"]),
    ),
    path(
        "ssm-002",
        "existing-passrole",
        &["ssm:sendcommand"],
        Over::Existing(&["ec2.amazonaws.com"]),
    ),
    path("sts-001", "principal-access", &["sts:assumerole"], Over::Assume),
];
